'use strict';

// adminsortable2 saves a new order with fetch() and tells only the console when that fails: tell the person.
{
    const send = window.fetch;

    const show = reason => {
        document.getElementById('order-not-saved')?.remove();
        const list = document.createElement('ul');
        list.id = 'order-not-saved';
        list.className = 'messagelist';
        list.setAttribute('role', 'alert');
        const item = document.createElement('li');
        item.className = 'error';
        item.append(`The new order was not saved. ${reason} `);
        const reload = document.createElement('a');
        reload.href = window.location.href;
        reload.textContent = 'Show the order as it is';
        item.append(reload);
        list.append(item);
        document.getElementById('content').before(list);
        list.scrollIntoView({block: 'nearest'});
    };

    const reasonIn = async response => {
        if (response.redirected) {
            return 'You are no longer logged in.';
        }
        const plain = response.headers.get('Content-Type')?.startsWith('text/plain');
        return plain ? await response.clone().text() : 'The server refused it.';
    };

    window.fetch = async (resource, options) => {
        if (!String(resource).includes('/adminsortable2_update/')) {
            return send(resource, options);
        }
        try {
            const response = await send(resource, options);
            if (response.ok && !response.redirected) {
                document.getElementById('order-not-saved')?.remove();
            } else {
                show(await reasonIn(response));
            }
            return response;
        } catch (error) {
            show('The server could not be reached.');
            throw error;
        }
    };
}
